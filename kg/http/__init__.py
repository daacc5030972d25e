"""The only outbound sockets: `client`, what came back (`response`), and who asks (`credentials`)."""
