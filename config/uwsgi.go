package config

func adaptUWSGI(b *build) {}
