// Package conformance holds openapi.json against a running entry-point: each
// operation is asked for, and both sides of it are validated. It is a module of its
// own, because only this test needs the validator.
package conformance
