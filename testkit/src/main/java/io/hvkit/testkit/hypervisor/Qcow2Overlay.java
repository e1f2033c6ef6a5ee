package io.hvkit.testkit.hypervisor;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** An upload that would show a guest a file of its host. */
final class Qcow2Overlay {

    private static final int CLUSTER = 1 << 16;
    private static final int NAME_AT = 512;

    private Qcow2Overlay() {}

    /** Returns a qcow2 of version 3 whose disk of {@code size} bytes goes on in a file. */
    static byte[] over(String file, long size) {
        byte[] name = file.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(4 * CLUSTER)
                .putInt(0x514649fb)
                .putInt(3)
                .putLong(NAME_AT)
                .putInt(name.length)
                .putInt(16)
                .putLong(size)
                .putInt(0)
                .putInt(1)
                .putLong(3L * CLUSTER)
                .putLong(CLUSTER)
                .putInt(1)
                .position(96)
                .putInt(4)
                .putInt(104)
                .position(NAME_AT)
                .put(name)
                .array();
    }
}
