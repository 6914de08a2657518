package config

// sizingKeys are the keys of [entrypoint] for the step sizing of the prelude. It is never
// written.
var sizingKeys = []containerKey{}
