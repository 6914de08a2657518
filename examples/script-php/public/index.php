<?php
// Counts its visitors in a file that only the application's user may write.
$file = '/srv/data/visits';
file_put_contents($file, "x", FILE_APPEND);
echo getenv('GREETING') . ', visitor ' . filesize($file) . "\n";
