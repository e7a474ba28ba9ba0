#!/bin/sh
import -window root "$1"
