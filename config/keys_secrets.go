package config

// secretsKeys are the keys of [entrypoint] for the step secrets of the prelude. It is never
// written.
var secretsKeys = []containerKey{}
