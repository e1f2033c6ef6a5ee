package io.hvkit.vmware.internal.datastore;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.ProgressListener;
import io.hvkit.core.Sha256;
import io.hvkit.core.VolumeId;
import io.hvkit.storage.spi.Volume;
import io.hvkit.vmware.internal.machine.Changes;
import io.hvkit.vmware.internal.machine.DiskFile;
import io.hvkit.vmware.internal.soap.FileTransfer;
import io.hvkit.vmware.internal.soap.VimFault;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** What is on volumes, brought and fetched as raw bytes. */
public final class DiskTransfer {

    private static final String SUFFIX = ".vmdk";

    private final DatastoreSite site;
    private final DatastoreFiles files;
    private final VolumeFolders folders;
    private final Volumes volumes;
    private final DiskMaking making;

    DiskTransfer(DatastoreSite site, DatastoreFiles files, VolumeFolders folders, Volumes volumes, DiskMaking making) {
        this.site = site;
        this.files = files;
        this.folders = folders;
        this.volumes = volumes;
        this.making = making;
    }

    /** Makes a volume with the content of a raw image, or confirms that an equal call made it. */
    public Volume upload(String name, Path image, ProgressListener listener) throws InterruptedException {
        VolumeFolders.requireName(name);
        ByteSize size = DiskMaking.size(sizeOf(image));
        String note = VolumeNotes.of(digest(image));
        try {
            return Changes.sure(() -> making.made(name, size, note, () -> fill(name, image, size, listener)));
        } catch (InterruptedException | RuntimeException e) {
            making.undo(name, e);
            throw e;
        }
    }

    private static ByteSize sizeOf(Path image) {
        try {
            ByteSize size = ByteSize.bytes(Files.size(image));
            DiskMaking.requireSize(size);
            return size;
        } catch (IOException e) {
            throw unreadable(image, e);
        }
    }

    private static DriverException unreadable(Path image, IOException e) {
        return DriverException.because(Failure.NOT_FOUND)
                .causedBy(e)
                .message("the image %s cannot be read: %s", image, e.toString());
    }

    private static Sha256 digest(Path image) {
        try (InputStream in = Files.newInputStream(image)) {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            byte[] piece = new byte[1 << 16];
            for (int read = in.read(piece); read >= 0; read = in.read(piece)) {
                digest.update(piece, 0, read);
            }
            return new Sha256(HexFormat.of().formatHex(digest.digest()));
        } catch (IOException e) {
            throw unreadable(image, e);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JVM has SHA-256", e);
        }
    }

    private void fill(String name, Path image, ByteSize size, ProgressListener listener)
            throws VimFault, Changes.Unsure, InterruptedException {
        DiskFile draft = folders.draft(name);
        files.createWhole(draft, size);
        site.client().files().upload(image, size.bytes(), place(draft), listener);
        files.move(draft, folders.home(name));
    }

    /** The bytes of a disk are in a file of their own beside its descriptor. */
    private FileTransfer.Place place(DiskFile disk) {
        String path = disk.path();
        return new FileTransfer.Place(
                site.inventoryPath(),
                disk.datastore(),
                path.substring(0, path.length() - SUFFIX.length()) + "-flat" + SUFFIX);
    }

    /** Writes what is on a volume to a new file, which is there only when all of it is. */
    public void download(VolumeId id, Path target, ProgressListener listener) throws InterruptedException {
        Volumes.Placed placed = Changes.sure(() -> {
            Volumes.Placed found = volumes.require(id);
            volumes.requireIdle(found);
            return found;
        });
        if (Files.exists(target)) {
            throw DriverException.because(Failure.EXISTS_DIFFERENTLY)
                    .message("file %s is there already, and nothing is overwritten; name another", target);
        }
        Path part = target.resolveSibling(target.getFileName() + ".part");
        try {
            try (FileChannel out = FileChannel.open(
                    part, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
                long read = site.client()
                        .files()
                        .download(place(placed.file()), out, placed.size().bytes(), listener);
                if (read != placed.size().bytes()) {
                    throw DriverException.because(Failure.CORRUPT_DATA)
                            .effect(Effect.NOT_APPLIED)
                            .message(
                                    "of volume %s, which has %s, %s bytes came; look at the datastore",
                                    id, placed.size(), read);
                }
                out.force(true);
            }
            Files.move(part, target);
        } catch (FileAlreadyExistsException e) {
            throw DriverException.because(Failure.EXISTS_DIFFERENTLY)
                    .message("file %s was made meanwhile, and nothing is overwritten", target);
        } catch (IOException e) {
            throw DriverException.because(Failure.HOST_NOT_READY)
                    .effect(Effect.NOT_APPLIED)
                    .causedBy(e)
                    .message("volume %s cannot be written to %s: %s", id, target, e.toString());
        } finally {
            removed(part);
        }
    }

    private static void removed(Path part) {
        try {
            Files.deleteIfExists(part);
        } catch (IOException e) {
            System.getLogger(DiskTransfer.class.getName())
                    .log(System.Logger.Level.WARNING, "{0} is left, and is no whole image: {1}", part, e);
        }
    }
}
