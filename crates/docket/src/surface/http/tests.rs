mod calls;
mod check;
mod hostile;
mod limits;
mod openapi;
mod site;
mod table;
