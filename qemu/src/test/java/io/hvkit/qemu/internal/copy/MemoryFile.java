package io.hvkit.qemu.internal.copy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** A file in memory that counts what is done with it. */
class MemoryFile implements BlockFile {

    private final byte[] bytes;
    final AtomicLong written = new AtomicLong();
    final AtomicLong cleared = new AtomicLong();
    final AtomicInteger flushes = new AtomicInteger();

    MemoryFile(byte[] bytes) {
        this.bytes = bytes;
    }

    byte[] content() {
        return bytes.clone();
    }

    @Override
    public synchronized void read(ByteBuffer buffer, long at) {
        int count = (int) Math.max(0, Math.min(buffer.remaining(), bytes.length - at));
        buffer.put(bytes, (int) Math.min(at, bytes.length), count);
    }

    @Override
    public synchronized void write(ByteBuffer buffer, long at) throws IOException {
        written.addAndGet(buffer.remaining());
        buffer.get(bytes, (int) at, buffer.remaining());
    }

    @Override
    public synchronized boolean clear(long at, long length) {
        cleared.addAndGet(length);
        Arrays.fill(bytes, (int) at, (int) (at + length), (byte) 0);
        return true;
    }

    @Override
    public void flush() {
        flushes.incrementAndGet();
    }

    @Override
    public void close() {}
}
