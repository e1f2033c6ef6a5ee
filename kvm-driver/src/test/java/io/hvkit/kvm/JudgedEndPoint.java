package io.hvkit.kvm;

import io.hvkit.core.Attachment;
import io.hvkit.core.ByteSize;
import io.hvkit.qemu.Command;
import io.hvkit.qemu.CommandResult;
import io.hvkit.qemu.CommandRunner;
import io.hvkit.storage.spi.DiskImage;
import io.hvkit.storage.spi.EndPoint;
import io.hvkit.testkit.endpoint.EndPointUnderTest;
import java.nio.file.Path;
import java.util.function.Supplier;

/**
 * A host with a folder for the cases' files.
 *
 * @param opened makes end points of the host
 * @param aside a way to its programs that is not the end points'
 * @param folder where the files are on the host
 */
record JudgedEndPoint(Supplier<EndPoint> opened, CommandRunner aside, Path folder) implements EndPointUnderTest {

    @Override
    public EndPoint open() {
        return opened.get();
    }

    @Override
    public Attachment.ImageFile file(String name) {
        return new Attachment.ImageFile(folder.resolve(name));
    }

    @Override
    public void blank(Attachment.ImageFile file, ByteSize size) throws InterruptedException {
        CommandResult result = aside.run(Command.of(
                "truncate", "-s", Long.toString(size.bytes()), file.path().toString()));
        if (!result.succeeded()) {
            throw new AssertionError(result.errors());
        }
    }

    @Override
    public void remove(Attachment place) throws InterruptedException {
        aside.files().remove(place.requirePath());
    }

    @Override
    public void write(DiskImage image, long offset, byte[] bytes) throws InterruptedException {
        new QemuIo(aside).write(image, offset, bytes);
    }

    @Override
    public byte[] read(DiskImage image, long offset, int length) throws InterruptedException {
        return new QemuIo(aside).read(image, offset, length);
    }

    @Override
    public byte[] stored(Attachment place, int limit) throws InterruptedException {
        return aside.files().read(place.requirePath(), 0, limit);
    }

    @Override
    public Holding hold(DiskImage image) throws InterruptedException {
        return new QemuIo(aside).hold(image);
    }
}
