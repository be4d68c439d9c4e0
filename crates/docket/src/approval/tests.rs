mod decide;
mod factor;
