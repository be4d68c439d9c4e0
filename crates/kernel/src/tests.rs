mod id;
