package io.hvkit.qemu.qmp;

import io.hvkit.core.Secret;
import io.hvkit.qemu.QemuObject;
import io.hvkit.qemu.internal.WrappedKey;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;

/** The master key of one daemon: what it is told over its monitor is encrypted under it. */
final class DaemonKeys implements AutoCloseable {

    private static final String MASTER = "master";

    private final Secret master;

    private DaemonKeys(Secret master) {
        this.master = master;
    }

    static DaemonKeys random() {
        byte[] bytes = new byte[WrappedKey.MASTER_BYTES];
        try {
            new SecureRandom().nextBytes(bytes);
            return new DaemonKeys(Secret.copyOfRandom(bytes));
        } finally {
            Arrays.fill(bytes, (byte) 0);
        }
    }

    /** Returns how the daemon takes the master key, on its standard input. */
    QemuObject object() {
        return QemuObject.masterKeyOnStdin(MASTER);
    }

    /** Returns the master key as the text that the daemon reads; whoever asked closes it. */
    Secret text() {
        return master.withArray(bytes -> {
            byte[] text = Base64.getEncoder().encode(bytes);
            try {
                return Secret.copyOf(text);
            } finally {
                Arrays.fill(text, (byte) 0);
            }
        });
    }

    /** Returns a key as the daemon takes it. */
    QemuObject wrap(String id, Secret key) {
        WrappedKey wrapped = master.withArray(bytes -> WrappedKey.of(bytes, key));
        return QemuObject.wrappedSecret(id, MASTER, wrapped.iv(), wrapped.encrypted());
    }

    @Override
    public void close() {
        master.close();
    }
}
