package io.hvkit.vmware.internal.datastore;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.VolumeId;
import io.hvkit.vmware.internal.datastore.DatastoreFiles.Depth;
import io.hvkit.vmware.internal.datastore.DatastoreFiles.Kind;
import io.hvkit.vmware.internal.datastore.DatastoreFiles.Listed;
import io.hvkit.vmware.internal.machine.DiskFile;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The folders of volumes: {@code hvkit/web-01} has the disk {@code web-01.vmdk}, and the notes of that volume. The notes stay there
 * wherever the disk goes. While a disk is being filled it has another name, so that half of one is no volume.
 */
final class VolumeFolders {

    static final int LONGEST_NAME = 80;

    private static final String POOL = "hvkit";
    private static final String DRAFT = "=draft";
    private static final String SUFFIX = ".vmdk";
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0," + (LONGEST_NAME - 1) + "}");

    private final DatastoreSite site;
    private final DatastoreFiles files;

    VolumeFolders(DatastoreSite site, DatastoreFiles files) {
        this.site = site;
        this.files = files;
    }

    /**
     * A volume's folder, as it is now.
     *
     * @param home the size of the disk that is at its place there, if one is
     * @param hasDraft whether a disk is there that is, or was, being filled
     * @param others what is there and nobody here made
     */
    record Content(String volume, Optional<ByteSize> home, boolean hasDraft, VolumeNotes notes, List<String> others) {}

    static boolean canHold(String name) {
        return NAME.matcher(name).matches() && !name.endsWith(SUFFIX);
    }

    /** Refuses a name that cannot be a folder's, or whose files could be taken for others. */
    static void requireName(String name) {
        if (!canHold(name)) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message(
                            "a volume's name has 1 to %s of A-Z, a-z, 0-9, '.', '_' and '-', the first a letter or digit, and does"
                                    + " not end in %s; not '%s'",
                            LONGEST_NAME, SUFFIX, name);
        }
    }

    DiskFile folder(String volume) {
        return new DiskFile(site.name(), POOL + "/" + volume);
    }

    DiskFile home(String volume) {
        return new DiskFile(site.name(), POOL + "/" + volume + "/" + volume + SUFFIX);
    }

    DiskFile draft(String volume) {
        return new DiskFile(site.name(), POOL + "/" + volume + "/" + volume + DRAFT + SUFFIX);
    }

    private DiskFile note(String volume, String note) {
        return new DiskFile(site.name(), POOL + "/" + volume + "/" + note);
    }

    /** Returns what is in a volume's folder; nothing if there is none. */
    Optional<Content> of(String volume) throws InterruptedException {
        if (!canHold(volume)) {
            return Optional.empty();
        }
        List<Listed> found = files.search(site.datastore(), folder(volume), Depth.THIS_FOLDER, "*");
        return found.isEmpty() ? Optional.empty() : Optional.of(content(volume, found));
    }

    /** Returns the folders of all volumes. */
    List<Content> all() throws InterruptedException {
        Map<String, List<Listed>> byVolume = new LinkedHashMap<>();
        for (Listed one : files.search(site.datastore(), new DiskFile(site.name(), POOL), Depth.ALL_BELOW, "*")) {
            String prefix = POOL + "/";
            if (one.folder().startsWith(prefix) && canHold(one.folder().substring(prefix.length()))) {
                byVolume.computeIfAbsent(one.folder().substring(prefix.length()), name -> new ArrayList<>())
                        .add(one);
            }
        }
        return byVolume.entrySet().stream()
                .map(entry -> content(entry.getKey(), entry.getValue()))
                .toList();
    }

    private static Content content(String volume, List<Listed> files) {
        Optional<ByteSize> home = Optional.empty();
        List<String> notes = new ArrayList<>();
        List<String> others = new ArrayList<>();
        for (Listed file : files) {
            if (file.kind() == Kind.DISK && file.name().equals(volume + SUFFIX)) {
                home = Optional.of(file.capacity().orElseThrow(() -> unknown(file)));
            } else if (file.kind() == Kind.FOLDER && VolumeNotes.isOne(file.name())) {
                notes.add(file.name());
            } else if (!isOurs(volume, file.name())) {
                others.add(file.name());
            }
        }
        boolean hasDraft = files.stream()
                .anyMatch(file -> file.kind() == Kind.DISK && file.name().equals(volume + DRAFT + SUFFIX));
        return new Content(volume, home, hasDraft, new VolumeNotes(notes), List.copyOf(others));
    }

    /** A disk is several files, and a search may tell each by itself. */
    private static boolean isOurs(String volume, String file) {
        return file.endsWith(SUFFIX)
                && List.of(volume, volume + "-flat", volume + DRAFT, volume + DRAFT + "-flat")
                        .contains(file.substring(0, file.length() - SUFFIX.length()));
    }

    static DriverException unknown(Listed file) {
        return DriverException.because(Failure.HOST_NOT_READY)
                .message(
                        "the vCenter does not tell the size of disk %s; look whether its hosts can read it",
                        file.file());
    }

    void make(String volume) throws InterruptedException {
        files.makeFolder(folder(volume));
    }

    void note(VolumeId volume, String note) throws InterruptedException {
        files.makeFolder(note(volume.value(), note));
    }

    void forget(VolumeId volume, String note) throws InterruptedException {
        files.removeFolder(note(volume.value(), note));
    }

    /**
     * Removes a folder that has no disk of a volume any more, or never had one; does nothing if there is none. What nobody here put
     * there stays, and so does the folder then.
     */
    void clear(String volume) throws InterruptedException {
        Optional<Content> content = of(volume);
        if (content.isEmpty()) {
            files.removeFolder(folder(volume)); // it may be there without content
            return;
        }
        if (content.get().home().isPresent()) {
            throw DriverException.because(Failure.EXISTS_DIFFERENTLY)
                    .message(
                            "%s is not the disk that is noted there, or was just made by somebody; look whose it is, and take another"
                                    + " name or that disk away",
                            home(volume));
        }
        if (content.get().hasDraft()) {
            files.delete(draft(volume));
        }
        if (content.get().others().isEmpty()) {
            files.removeFolder(folder(volume));
            return;
        }
        for (String note : content.get().notes().names()) {
            files.removeFolder(note(volume, note));
        }
        System.getLogger(VolumeFolders.class.getName())
                .log(
                        System.Logger.Level.WARNING,
                        "folder {0} has files of others and stays: {1}",
                        folder(volume),
                        content.get().others());
    }
}
