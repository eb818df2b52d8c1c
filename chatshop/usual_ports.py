"""Do PostgreSQL (user root, trusted) and Redis answer on their usual ports? Exit 0 if both do. For .ci/run."""

import sys

import psycopg
import redis

if __name__ == "__main__":
    try:
        with psycopg.connect("postgresql://root@127.0.0.1:5432/postgres", connect_timeout=3) as connection:
            print("PostgreSQL", connection.info.server_version // 10_000)
        with redis.Redis(socket_timeout=3) as client:
            print("Redis", client.info("server")["redis_version"])
    except (psycopg.Error, redis.RedisError) as error:
        sys.exit(f"not there: {error}")
