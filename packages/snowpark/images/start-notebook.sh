#!/bin/sh
# Starts Jupyter in the folder that keeps the work, with the notebooks in it unless they are there already: the folder may
# be a stage, which takes whole files and nothing else.
set -eu

mkdir -p "$NOTEBOOK_FOLDER"
for file in "$NOTEBOOK_SOURCES"/*; do
  work=$NOTEBOOK_FOLDER/$(basename "$file")
  [ -e "$work" ] || cp "$file" "$work"
done

# Who may come here has been asked by the ingress. JUPYTER_TOKEN, where it is set, asks once more.
[ -n "${JUPYTER_TOKEN-}" ] || set -- --IdentityProvider.token= "$@"
# In an account the ingress has names that are not known here. On a machine of its own, as in the simulator, no other name
# than a local one may lead here: a browser would bring pages of names that resolve to this machine.
[ "$NOTEBOOK_HOST" = 127.0.0.1 ] || set -- --ServerApp.allow_remote_access=True "$@"
# Containers run as the image's own user; Jupyter refuses root unless it is told.
[ "$(id -u)" != 0 ] || set -- --allow-root "$@"
exec jupyter "$NOTEBOOK_PROGRAM" --no-browser --ServerApp.ip="$NOTEBOOK_HOST" \
  --ServerApp.root_dir="$NOTEBOOK_FOLDER" --ServerApp.default_url=/lab/tree/TestMilvus.ipynb "$@"
