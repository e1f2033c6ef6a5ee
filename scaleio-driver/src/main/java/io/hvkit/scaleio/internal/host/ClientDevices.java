package io.hvkit.scaleio.internal.host;

import io.hvkit.core.Attachment;
import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.qemu.FileStatus;
import io.hvkit.storage.spi.DeviceAccess;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The devices of the array's volumes on a host. One counts as there if it has its name, is a block device, and the client lists its
 * volume: a name alone may be left over, or a lie. What is no such device is the business of {@code others}.
 */
public record ClientDevices(DataClient client, Optional<DeviceAccess> others) implements DeviceAccess {

    private static final Pattern NAME = Pattern.compile("emc-vol-([0-9a-f]{16})-([0-9a-f]{16})");

    @Override
    public Optional<ByteSize> sizeOf(Attachment attachment) throws InterruptedException {
        Optional<DataClient.Place> volume = volume(attachment);
        if (volume.isEmpty()) {
            return requireOthers(attachment).sizeOf(attachment);
        }
        Path path = attachment.requirePath();
        FileStatus status = client.runner().files().status(path);
        return switch (status.kind()) {
            case NOTHING, BROKEN_LINK -> Optional.empty();
            case BLOCK_DEVICE ->
                client.volumes().contains(volume.get()) ? Optional.of(status.size()) : Optional.empty();
            case REGULAR_FILE, FOLDER, OTHER ->
                throw DriverException.because(Failure.EXISTS_DIFFERENTLY)
                        .message(
                                "%s on host %s is to be a device of the PowerFlex client and is none (%s); nothing is read or"
                                        + " written there, see who put it",
                                path, client.host(), status.kind());
        };
    }

    private static Optional<DataClient.Place> volume(Attachment attachment) {
        if (!(attachment instanceof Attachment.BlockDevice device)) {
            return Optional.empty();
        }
        Path name = device.path().getFileName();
        Matcher matcher = NAME.matcher(name == null ? "" : name.toString());
        return matcher.matches()
                ? Optional.of(new DataClient.Place(matcher.group(1), matcher.group(2)))
                : Optional.empty();
    }

    private DeviceAccess requireOthers(Attachment attachment) {
        return others.orElseThrow(() -> DriverException.because(Failure.UNSUPPORTED)
                .message("host %s sees devices of PowerFlex alone, and %s is none", client.host(), attachment));
    }

    @Override
    public boolean comesAndGoes(Attachment attachment) {
        return volume(attachment).isPresent()
                || others.filter(access -> access.comesAndGoes(attachment)).isPresent();
    }

    /** A client that does not know the system will never have the volume, however long anybody waits. */
    @Override
    public void rescan(Attachment attachment) throws InterruptedException {
        Optional<DataClient.Place> volume = volume(attachment);
        if (volume.isEmpty()) {
            requireOthers(attachment).rescan(attachment);
            return;
        }
        client.rescan();
        Set<String> systems = client.systems();
        if (!systems.contains(volume.get().system())) {
            throw DriverException.because(Failure.HOST_NOT_READY)
                    .message(
                            "the PowerFlex client of host %s knows the systems %s and not %s, which %s is of; add it there by"
                                    + " '%s --add_mdm --ip' with the addresses of its MDMs",
                            client.host(), systems, volume.get().system(), attachment, client.program());
        }
    }
}
