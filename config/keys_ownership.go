package config

// ownershipKeys are the keys of [entrypoint] for the step ownership of the prelude. It is never
// written.
var ownershipKeys = []containerKey{}
