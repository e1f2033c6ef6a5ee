package io.hvkit.vmware.internal.datastore;

import io.hvkit.core.DiskUuid;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.HostId;
import io.hvkit.core.Sha256;
import io.hvkit.core.VolumeId;
import io.hvkit.storage.spi.VolumeUse;
import io.hvkit.storage.spi.VolumeUse.Reason;
import io.hvkit.storage.spi.VolumeUse.Sharing;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What is noted of a volume, each note as the name of an empty folder: making one is one call that no other can come in between, and
 * that may be repeated. No volume's name, and so no file of a volume, has an equals sign.
 */
final class VolumeNotes {

    private static final String UUID = "uuid=";
    private static final String ORIGIN = "from=";
    private static final String IMAGE = "image=";
    private static final String USE = "use=";
    private static final int LONGEST = 200; // of 255 that file systems take
    private static final Pattern ODD = Pattern.compile("[^A-Za-z0-9._-]");
    private static final Pattern ESCAPED = Pattern.compile("=([0-9a-f]{2})");

    private final List<String> names;

    VolumeNotes(Collection<String> names) {
        this.names = List.copyOf(names);
    }

    /** Returns them as they are. */
    List<String> names() {
        return names;
    }

    static boolean isOne(String name) {
        return Stream.of(UUID, ORIGIN, IMAGE, USE).anyMatch(name::startsWith);
    }

    static String of(DiskUuid uuid) {
        return UUID + uuid.value();
    }

    static String of(VolumeId origin) {
        return ORIGIN + origin;
    }

    static String of(Sha256 image) {
        return IMAGE + image;
    }

    static String of(VolumeUse use) {
        String host = ODD.matcher(use.host().value())
                .replaceAll(odd -> "=%02x".formatted((int) odd.group().charAt(0)));
        if (host.length() > LONGEST) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message(
                            "host %s has too long a name to be noted on a datastore, where each character but letters, digits,"
                                    + " '.', '_' and '-' takes three; at most %s in all",
                            use.host(), LONGEST);
        }
        return USE + use.sharing() + "=" + use.reason() + "=" + host;
    }

    /** Returns the UUID that the volume's disk carried when it was noted. */
    Optional<DiskUuid> uuid() {
        return value(UUID).flatMap(DiskUuid::spelt);
    }

    /** Returns the note of what it was made from; nothing if it was made blank. */
    Optional<String> origin() {
        return names.stream()
                .filter(name -> name.startsWith(ORIGIN) || name.startsWith(IMAGE))
                .findFirst();
    }

    /** Returns who uses it; of one whose sharing was just being changed, the stricter word. */
    Set<VolumeUse> uses() {
        Map<String, VolumeUse> uses = new LinkedHashMap<>();
        names.stream()
                .filter(name -> name.startsWith(USE))
                .sorted()
                .map(VolumeNotes::use)
                .forEach(use -> {
                    uses.merge(
                            use.reason() + " " + use.host(),
                            use,
                            (one, other) -> one.sharing() == Sharing.EXCLUSIVE ? one : other);
                });
        return Set.copyOf(uses.values());
    }

    /** Returns the notes of a host's use, whatever its sharing. */
    static List<String> ofUse(HostId host, Reason reason) {
        VolumeUse use = new VolumeUse(host, reason, Sharing.EXCLUSIVE);
        return List.of(of(use), of(use.shared()));
    }

    boolean has(String note) {
        return names.contains(note);
    }

    private Optional<String> value(String kind) {
        return names.stream()
                .filter(name -> name.startsWith(kind))
                .map(name -> name.substring(kind.length()))
                .findFirst();
    }

    private static VolumeUse use(String note) {
        List<String> words = List.of(note.split("=", 4));
        try {
            String host = ESCAPED.matcher(words.get(3))
                    .replaceAll(code ->
                            Matcher.quoteReplacement(String.valueOf((char) Integer.parseInt(code.group(1), 16))));
            return new VolumeUse(new HostId(host), Reason.valueOf(words.get(2)), Sharing.valueOf(words.get(1)));
        } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
            throw DriverException.because(Failure.HOST_NOT_READY)
                    .causedBy(e)
                    .message(
                            "the folder %s notes that something uses a volume, and cannot be read; look who does, then delete it",
                            note);
        }
    }
}
