-- Take a job away that is remembered as done.
delete from job where tenant = $1 and id = $2
