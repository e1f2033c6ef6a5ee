package io.hvkit.testkit.endpoint;

import io.hvkit.core.Attachment;
import io.hvkit.core.ByteSize;
import io.hvkit.core.HostId;
import io.hvkit.core.ImageFormat;
import io.hvkit.storage.spi.DiskImage;
import io.hvkit.storage.spi.EndPoint;
import java.nio.file.Path;
import java.util.Arrays;

/** A host whose files are in memory, for tests of what uses end points. It keeps every contract; images are of a few mebibytes. */
public final class InMemoryStorageHost implements EndPointUnderTest {

    private final HostId host;
    private final InMemoryFiles files = new InMemoryFiles();

    /** Makes a host without files. */
    public InMemoryStorageHost(HostId host) {
        this.host = host;
    }

    /** Returns an end point of the host; all of them see the same files. */
    @Override
    public EndPoint open() {
        return new InMemoryEndPoint(host, files);
    }

    @Override
    public Attachment.ImageFile file(String name) {
        return new Attachment.ImageFile(Path.of("/in-memory").resolve(name));
    }

    @Override
    public void blank(Attachment.ImageFile file, ByteSize size) {
        files.publish(
                DiskImage.at(file, ImageFormat.RAW), new InMemoryImage(ImageFormat.RAW, Math.toIntExact(size.bytes())));
    }

    @Override
    public void remove(Attachment place) {
        files.remove(place);
    }

    @Override
    public void write(DiskImage image, long offset, byte[] bytes) {
        files.requireOpen(image);
        files.require(image).write(Math.toIntExact(offset), bytes);
    }

    @Override
    public byte[] read(DiskImage image, long offset, int length) {
        files.requireOpen(image);
        int start = Math.toIntExact(offset);
        return Arrays.copyOfRange(files.disk(image), start, start + length);
    }

    @Override
    public byte[] stored(Attachment place, int limit) {
        byte[] all = files.require(DiskImage.at(place, ImageFormat.RAW)).bytes();
        return Arrays.copyOf(all, Math.min(all.length, limit));
    }

    @Override
    public Holding hold(DiskImage image) {
        InMemoryImage held = files.require(image);
        held.holders++;
        return () -> held.holders--;
    }
}
