"""Other people's ComfyUI servers: workflows as data, what a server can do, which one takes a job, how one runs there."""
