package io.hvkit.qemu.internal.luks;

import java.io.NotSerializableException;
import java.io.ObjectOutputStream;
import java.util.Arrays;
import javax.crypto.SecretKey;

/** A key for Java's ciphers that is gone when it is destroyed; what {@code SecretKeySpec} holds stays until it is collected. */
final class ErasableKey implements SecretKey {

    private static final long serialVersionUID = 1;

    private final String algorithm;
    private final transient byte[] bytes;

    /** Copies the bytes. */
    ErasableKey(String algorithm, byte[] bytes) {
        this.algorithm = algorithm;
        this.bytes = bytes.clone();
    }

    @Override
    public String getAlgorithm() {
        return algorithm;
    }

    @Override
    public String getFormat() {
        return "RAW";
    }

    /** Returns a copy, which the JDK's own ciphers erase when they have taken it in. */
    @Override
    public byte[] getEncoded() {
        return bytes.clone();
    }

    @Override
    public void destroy() {
        Arrays.fill(bytes, (byte) 0);
    }

    @SuppressWarnings("UnusedVariable") // the signature that serialisation looks for
    private void writeObject(ObjectOutputStream out) throws NotSerializableException {
        throw new NotSerializableException("a key never leaves this process");
    }
}
