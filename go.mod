module entrypoint

go 1.26
