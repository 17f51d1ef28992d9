// Another program that has begun to write a log's file, and does not end.
import process from 'node:process';
import { openDatabase } from '@millwright/sqlite';

const db = openDatabase(process.argv[2], { synchronous: 'FULL' });
db.exec('BEGIN IMMEDIATE');
process.stdout.write('HELD\n');
process.stdin.resume();
