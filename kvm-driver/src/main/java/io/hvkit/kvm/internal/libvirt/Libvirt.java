package io.hvkit.kvm.internal.libvirt;

import com.sun.jna.Library;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The client library, loaded once, and its event loop. libvirt has one event loop for a process, so this is the one thing that
 * connections share: it runs on a thread of its own while any connection is open, and not after the last is closed.
 */
final class Libvirt {

    private static final ReentrantLock LOCK = new ReentrantLock();
    private static final LibvirtLibrary.ErrorCallback SILENT = (userData, error) -> {};
    private static final LibvirtLibrary.TimerCallback DISARM = (timer, opaque) -> disarm(timer);

    private static @Nullable LibvirtLibrary library;
    private static @Nullable QemuLibrary qemuLibrary;
    private static @Nullable Thread loop;
    private static int wakeUp;
    private static int users;

    private Libvirt() {}

    /**
     * Loads the library if need be and keeps the event loop running until {@link #release}.
     *
     * @throws DriverException with {@code HOST_NOT_READY} if the library is not installed or native code is forbidden
     */
    static LibvirtLibrary acquire() {
        LOCK.lock();
        try {
            LibvirtLibrary loaded = library == null ? load() : library;
            library = loaded;
            if (users++ == 0) {
                loop = startLoop(loaded);
            }
            return loaded;
        } finally {
            LOCK.unlock();
        }
    }

    /** Ends the event loop if this was its last user, and waits until its thread has ended. */
    static void release() {
        Thread ending = null;
        LOCK.lock();
        try {
            if (--users == 0 && library != null) {
                ending = loop;
                loop = null;
                library.virEventUpdateTimeout(wakeUp, 0);
            }
        } finally {
            LOCK.unlock();
        }
        if (ending != null && ending != Thread.currentThread()) {
            joinUninterruptibly(ending);
        }
    }

    private static Thread startLoop(LibvirtLibrary loaded) {
        Thread thread = new Thread(() -> run(loaded), "hvkit-libvirt-events");
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    private static void run(LibvirtLibrary loaded) {
        while (isCurrentLoop()) {
            loaded.virEventRunDefaultImpl();
        }
    }

    private static boolean isCurrentLoop() {
        LOCK.lock();
        try {
            return loop == Thread.currentThread();
        } finally {
            LOCK.unlock();
        }
    }

    private static LibvirtLibrary load() {
        try {
            LibvirtLibrary loaded =
                    Native.load("virt", LibvirtLibrary.class, Map.of(Library.OPTION_STRING_ENCODING, "UTF-8"));
            loaded.virInitialize();
            loaded.virSetErrorFunc(null, SILENT); // errors are thrown; a library does not print
            loaded.virEventRegisterDefaultImpl();
            wakeUp = loaded.virEventAddTimeout(-1, DISARM, null, null);
            return loaded;
        } catch (UnsatisfiedLinkError e) {
            throw DriverException.because(Failure.HOST_NOT_READY)
                    .causedBy(e)
                    .message(
                            "libvirt's client library cannot be loaded; install libvirt0 (Debian) or libvirt-libs (Fedora)");
        } catch (IllegalCallerException e) {
            throw DriverException.because(Failure.HOST_NOT_READY)
                    .causedBy(e)
                    .message("this Java forbids native code; start it with --enable-native-access=ALL-UNNAMED");
        }
    }

    /**
     * Loads the library for QEMU alone, if need be.
     *
     * @throws DriverException with {@code HOST_NOT_READY} if it is not installed
     */
    static QemuLibrary forQemu() {
        LOCK.lock();
        try {
            QemuLibrary loaded = qemuLibrary == null
                    ? Native.load("virt-qemu", QemuLibrary.class, Map.of(Library.OPTION_STRING_ENCODING, "UTF-8"))
                    : qemuLibrary;
            qemuLibrary = loaded;
            return loaded;
        } catch (UnsatisfiedLinkError e) {
            throw DriverException.because(Failure.HOST_NOT_READY)
                    .causedBy(e)
                    .message("libvirt-qemu.so cannot be loaded; install libvirt0 (Debian) or libvirt-libs (Fedora)");
        } finally {
            LOCK.unlock();
        }
    }

    private static void disarm(int timer) {
        LibvirtLibrary loaded = library;
        if (loaded != null) {
            loaded.virEventUpdateTimeout(timer, -1);
        }
    }

    private static void joinUninterruptibly(Thread thread) {
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Takes text that libvirt allocated and frees it. */
    static String taken(Pointer text) {
        try {
            return text.getString(0, "UTF-8");
        } finally {
            Native.free(Pointer.nativeValue(text));
        }
    }
}
