"""What pymilvus is given to connect, of the runner's {"address", "token", "caFile", "certFile", "keyFile"}."""


def connection_arguments(connection: dict) -> dict:
    token, ca_file = connection.get("token"), connection.get("caFile")
    arguments = {"uri": f"{'http' if ca_file is None else 'https'}://{connection['address']}"}
    if token is not None:
        arguments["token"] = token
    if ca_file is not None:
        arguments |= {"secure": True, "server_name": "localhost"}
        if "certFile" in connection:
            own = {"client_pem_path": connection["certFile"], "client_key_path": connection["keyFile"]}
            arguments |= {"ca_pem_path": ca_file, **own}
        else:
            arguments["server_pem_path"] = ca_file
    return arguments
