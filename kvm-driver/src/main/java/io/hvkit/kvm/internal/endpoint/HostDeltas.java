package io.hvkit.kvm.internal.endpoint;

import io.hvkit.core.ProgressListener;
import io.hvkit.storage.spi.Deltas;
import io.hvkit.storage.spi.DiskImage;
import io.hvkit.storage.spi.ImageReport;

/** Images of changes by qemu-img, which opens nothing that our own inspection has not seen before. */
final class HostDeltas implements Deltas {

    private final Tools tools;
    private final Inspector inspector;

    HostDeltas(Tools tools, Inspector inspector) {
        this.tools = tools;
        this.inspector = inspector;
    }

    @Override
    public ImageReport write(DiskImage source, DiskImage delta, ProgressListener listener) throws InterruptedException {
        inspector.requireUnused(source);
        inspector.requireUnused(delta);
        tools.qemuImg().layers().writeDifference(Places.image(source), Places.image(delta), listener);
        return inspector.report(delta);
    }
}
