package io.hvkit.kvm;

import com.sun.jna.LastErrorException;
import com.sun.jna.Library;
import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.NativeLong;
import com.sun.jna.Pointer;
import com.sun.jna.ptr.IntByReference;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/** Everything that goes over this machine's network while it is open, as whoever taps it sees it. Needs root. */
final class Wire implements AutoCloseable {

    private static final int AF_PACKET = 17;
    private static final int SOCK_RAW = 3;
    private static final int EVERYTHING_IN_NETWORK_ORDER = 0x0300;
    private static final int SOL_SOCKET = 1;
    private static final int RECEIVE_BUFFER_FORCED = 33;
    private static final int ROOM = 256 << 20; // the kernel drops what nobody has read
    private static final int LARGEST = 1 << 17;
    private static final int DO_NOT_WAIT = 0x40;
    private static final long PAUSE_MILLIS = 2;

    /** The C library's sockets. */
    interface Sockets extends Library {
        Sockets C = Native.load("c", Sockets.class);

        int socket(int family, int type, int protocol) throws LastErrorException;

        int setsockopt(int socket, int level, int option, IntByReference value, int size) throws LastErrorException;

        NativeLong recv(int socket, Pointer buffer, NativeLong size, int flags);

        int close(int socket);
    }

    private final int socket;
    private final List<String> needles;
    private final Set<String> seen = ConcurrentHashMap.newKeySet();
    private final AtomicLong bytes = new AtomicLong();
    private final Thread reader = new Thread(this::read, "wire");
    private volatile boolean closing;

    private Wire(int socket, List<String> needles) {
        this.socket = socket;
        this.needles = needles;
    }

    /** Begins to look for texts of ASCII characters. */
    static Wire tapped(String... needles) {
        int socket = Sockets.C.socket(AF_PACKET, SOCK_RAW, EVERYTHING_IN_NETWORK_ORDER);
        Sockets.C.setsockopt(socket, SOL_SOCKET, RECEIVE_BUFFER_FORCED, new IntByReference(ROOM), Integer.BYTES);
        Wire wire = new Wire(socket, List.of(needles));
        wire.reader.start();
        return wire;
    }

    private void read() {
        try (Memory buffer = new Memory(LARGEST)) {
            while (true) {
                boolean last = closing; // asked first: what came before is read all the same
                long count = Sockets.C
                        .recv(socket, buffer, new NativeLong(LARGEST), DO_NOT_WAIT)
                        .longValue();
                if (count > 0) {
                    bytes.addAndGet(count);
                    String packet = new String(buffer.getByteArray(0, (int) count), StandardCharsets.ISO_8859_1);
                    needles.stream().filter(packet::contains).forEach(seen::add);
                } else if (last) {
                    return;
                } else {
                    pause();
                }
            }
        }
    }

    private static void pause() {
        try {
            Thread.sleep(PAUSE_MILLIS);
        } catch (InterruptedException e) {
            throw new IllegalStateException("nobody interrupts it", e);
        }
    }

    /** Stops looking and returns the texts that were seen. */
    Set<String> seen() throws InterruptedException {
        closing = true;
        reader.join();
        return Set.copyOf(seen);
    }

    /** Returns how much went over it. */
    long bytes() {
        return bytes.get();
    }

    @Override
    public void close() {
        closing = true;
        try {
            reader.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        Sockets.C.close(socket);
    }
}
