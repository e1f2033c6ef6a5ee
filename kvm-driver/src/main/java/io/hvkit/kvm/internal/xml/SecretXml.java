package io.hvkit.kvm.internal.xml;

import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.Disk;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.UUID;

/**
 * A secret in libvirt: ephemeral, so that libvirt never writes it down, and private, so that libvirt never gives it back.
 *
 * @param id its id
 * @param volume the volume it opens
 */
public record SecretXml(UUID id, VolumeId volume) {

    /**
     * Returns the secret of a volume at a place. The id is made of both, so that every process that manages the host arrives at
     * the same one, and two volumes never do.
     */
    public static SecretXml of(VolumeId volume, Place place) {
        String name = "hvkit\0" + volume.value() + "\0" + place.type() + "\0" + place.path();
        return new SecretXml(UUID.nameUUIDFromBytes(name.getBytes(StandardCharsets.UTF_8)), volume);
    }

    /** Returns the id of the secret that opens a disk, if it has a key. */
    public static Optional<UUID> idOf(Disk disk) {
        return disk.key()
                .map(key -> of(disk.volume(), Place.of(disk.attachment())).id());
    }

    /** Returns whether a secret that opens a volume is of this driver's making, by what it says that it is for. */
    public static boolean isUsage(UUID id, String usage) {
        return usage.startsWith(usage(id));
    }

    private static String usage(UUID id) {
        return "hvkit:" + id + ":";
    }

    /** Returns its definition, which does not hold its value. */
    public String write() {
        Xml secret = Xml.root("secret").with("ephemeral", "yes").with("private", "yes");
        secret.add("uuid").text(id.toString());
        secret.add("description").text("opens a disk; defined by HVKit");
        secret.add("usage").with("type", "volume").add("volume").text(usage(id) + volume.value());
        return secret.document();
    }
}
