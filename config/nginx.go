package config

func adaptNginx(b *build) {}
