#!/bin/bash
sudo service postgresql start
exec sleep infinity
