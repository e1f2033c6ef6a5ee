package io.hvkit.storage.spi;

import io.hvkit.core.Attachment;
import io.hvkit.core.ByteSize;
import io.hvkit.core.internal.PluginBoundary;
import java.util.Optional;

/** What an end point sees of devices. */
record GuardedDevices(DeviceAccess access, PluginBoundary boundary) implements DeviceAccess {

    @Override
    public Optional<ByteSize> sizeOf(Attachment attachment) throws InterruptedException {
        return boundary.call("deviceAccess.sizeOf", () -> access.sizeOf(attachment));
    }

    @Override
    public boolean comesAndGoes(Attachment attachment) {
        return boundary.ask("deviceAccess.comesAndGoes", () -> access.comesAndGoes(attachment));
    }

    @Override
    public void rescan(Attachment attachment) throws InterruptedException {
        boundary.act("deviceAccess.rescan", () -> access.rescan(attachment));
    }
}
