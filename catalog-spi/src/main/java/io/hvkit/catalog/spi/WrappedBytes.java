package io.hvkit.catalog.spi;

import java.util.Arrays;

/** Bytes that are of no use without a key that is not here. Immutable; printed as their number alone. */
public final class WrappedBytes {

    /** No bytes. */
    public static final WrappedBytes NONE = new WrappedBytes(new byte[0]);

    private final byte[] bytes;

    private WrappedBytes(byte[] bytes) {
        this.bytes = bytes;
    }

    /** Returns a copy of these bytes. */
    public static WrappedBytes of(byte[] bytes) {
        return new WrappedBytes(bytes.clone());
    }

    /** Returns a copy of the bytes. */
    public byte[] bytes() {
        return bytes.clone();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof WrappedBytes that && Arrays.equals(bytes, that.bytes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bytes);
    }

    @Override
    public String toString() {
        return bytes.length + " wrapped bytes";
    }
}
