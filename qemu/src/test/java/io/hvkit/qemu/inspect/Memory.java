package io.hvkit.qemu.inspect;

import io.hvkit.core.ByteSize;
import java.util.Arrays;

/** An image in memory, with zeroes behind it if it says that it is longer. */
final class Memory implements ByteSource {

    private final byte[] bytes;
    private final long length;
    private int reads;

    Memory(byte[] bytes) {
        this(bytes, bytes.length);
    }

    Memory(byte[] bytes, long length) {
        this.bytes = bytes.clone();
        this.length = length;
    }

    /** Returns how often it was read. */
    int reads() {
        return reads;
    }

    @Override
    public ByteSize length() {
        return ByteSize.bytes(length);
    }

    @Override
    public byte[] read(long offset, int count) {
        reads++;
        byte[] result = new byte[(int) Math.max(0, Math.min(count, length - offset))];
        if (offset < bytes.length) {
            byte[] there =
                    Arrays.copyOfRange(bytes, (int) offset, (int) Math.min(bytes.length, offset + result.length));
            System.arraycopy(there, 0, result, 0, there.length);
        }
        return result;
    }
}
