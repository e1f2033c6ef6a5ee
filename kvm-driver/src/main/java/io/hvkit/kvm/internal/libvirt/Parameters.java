package io.hvkit.kvm.internal.libvirt;

import com.sun.jna.Pointer;
import com.sun.jna.ptr.IntByReference;
import com.sun.jna.ptr.PointerByReference;
import org.jspecify.annotations.Nullable;

/** libvirt's typed parameters, which it allocates and frees. */
final class Parameters implements AutoCloseable {

    private final LibvirtLibrary library;
    private final PointerByReference array = new PointerByReference();
    private final IntByReference count = new IntByReference();
    private final IntByReference room = new IntByReference();

    Parameters(LibvirtLibrary library) {
        this.library = library;
    }

    /** Adds text; the same name may be added several times where libvirt takes a list. */
    void add(String name, String value) throws LibvirtException {
        check(library.virTypedParamsAddString(array, count, room, name, value));
    }

    /** Adds a number. */
    void add(String name, long value) throws LibvirtException {
        check(library.virTypedParamsAddULLong(array, count, room, name, value));
    }

    @Nullable
    Pointer pointer() {
        return array.getValue();
    }

    int count() {
        return count.getValue();
    }

    @Override
    public void close() {
        library.virTypedParamsFree(array.getValue(), count.getValue());
    }

    private void check(int result) throws LibvirtException {
        if (result < 0) {
            throw LibvirtException.last(library);
        }
    }
}
