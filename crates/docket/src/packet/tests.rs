mod make;
mod verify;
