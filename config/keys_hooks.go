package config

// hooksKeys are the keys of [entrypoint] for the step hooks of the prelude. It is never
// written.
var hooksKeys = []containerKey{}
