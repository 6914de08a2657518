package config

// templatesKeys are the keys of [entrypoint] for the step templates of the prelude. It is never
// written.
var templatesKeys = []containerKey{}
