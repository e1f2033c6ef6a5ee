package io.hvkit.qemu.inspect;

import com.sun.jna.Function;
import com.sun.jna.Memory;
import com.sun.jna.NativeLong;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;

/** The kernel's word on which files of a folder are opened, by anybody. */
final class OpenedFiles implements AutoCloseable {

    private static final int IN_NONBLOCK = 0x800;
    private static final int IN_OPEN = 0x20;
    private static final int IN_Q_OVERFLOW = 0x4000;
    private static final int HEADER = 16;

    private final int descriptor;

    private OpenedFiles(int descriptor) {
        this.descriptor = descriptor;
    }

    static OpenedFiles in(Path folder) {
        int descriptor = function("inotify_init1").invokeInt(new Object[] {IN_NONBLOCK});
        int watch = function("inotify_add_watch").invokeInt(new Object[] {descriptor, folder.toString(), IN_OPEN});
        if (descriptor < 0 || watch < 0) {
            throw new IllegalStateException("inotify does not work here");
        }
        return new OpenedFiles(descriptor);
    }

    /** Returns the names of the files that were opened since this was asked last. */
    Set<String> names() {
        Set<String> names = new TreeSet<>();
        try (Memory events = new Memory(1 << 16)) {
            for (int length = read(events); length > 0; length = read(events)) {
                for (int at = 0; at < length; at += HEADER + events.getInt(at + 12)) {
                    if ((events.getInt(at + 4) & IN_Q_OVERFLOW) != 0) {
                        throw new IllegalStateException("more was opened than was watched");
                    }
                    names.add(events.getInt(at + 12) == 0 ? "." : events.getString(at + HEADER));
                }
            }
        }
        return names;
    }

    private int read(Memory events) {
        Object[] arguments = {descriptor, events, new NativeLong(events.size())};
        return ((NativeLong) function("read").invoke(NativeLong.class, arguments)).intValue();
    }

    @Override
    public void close() {
        function("close").invokeInt(new Object[] {descriptor});
    }

    private static Function function(String name) {
        return Function.getFunction("c", name);
    }
}
