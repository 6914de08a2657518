import time

kept = bytearray(80 << 20)
print("it has 80 MB now", flush=True)
time.sleep(1000)
