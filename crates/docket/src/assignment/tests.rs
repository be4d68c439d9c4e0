mod bypass;
mod dispatch;
mod recommend;
mod unassign;
