package io.hvkit.qemu;

import com.sun.jna.Library;
import com.sun.jna.Native;
import com.sun.jna.NativeLong;
import io.hvkit.core.Secret;

/** A key in the kernel's key ring of this session, where cryptsetup's tokens find it. */
final class KernelKeyRing {

    private static final int SESSION = -3;
    private static final int UNLINK = 9;

    private KernelKeyRing() {}

    /** The one call of the C library that makes all others; the numbers are those of the processor. */
    private interface SystemCalls extends Library {
        NativeLong syscall(NativeLong number, Object... arguments);
    }

    /** What is done while the key is there. */
    @FunctionalInterface
    interface Work {
        void run() throws Exception;
    }

    static void run(Secret key, String name, Work work) throws Exception {
        SystemCalls libc = Native.load("c", SystemCalls.class);
        boolean x86 = System.getProperty("os.arch").equals("amd64");
        NativeLong add = new NativeLong(x86 ? 248 : 217);
        NativeLong control = new NativeLong(x86 ? 250 : 219);
        long id = key.withArray(
                bytes -> libc.syscall(add, "user", name, bytes, new NativeLong(bytes.length), new NativeLong(SESSION))
                        .longValue());
        if (id < 0) {
            throw new AssertionError("the kernel takes no key into this session's ring");
        }
        try {
            work.run();
        } finally {
            libc.syscall(control, new NativeLong(UNLINK), new NativeLong(id), new NativeLong(SESSION));
        }
    }
}
