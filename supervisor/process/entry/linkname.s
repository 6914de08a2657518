// This file is here so that the compiler takes functions without a body (limit.go).
