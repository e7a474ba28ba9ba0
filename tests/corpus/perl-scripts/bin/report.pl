#!/usr/bin/perl
use strict;
use warnings;
use JSON;
print join(",", sort keys %{ decode_json(join "", <STDIN>) }), "\n";
