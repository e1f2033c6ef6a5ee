package io.hvkit.qemu.inspect;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** What the reader of one format has learned so far. */
final class Report {

    /** A descriptor of a mebibyte could name a hundred thousand files; nobody wants to read of each. */
    private static final int MOST = 64;

    private static final int LONGEST_NAME = 4096;

    private final FileFormat format;
    private final List<Finding> findings = new ArrayList<>();
    private final List<Reference> references = new ArrayList<>();
    private Encryption encryption = Encryption.NONE;
    private Optional<Qcow2Details> qcow2 = Optional.empty();
    private int found;
    private long virtualSize;
    private long clusterSize;

    Report(FileFormat format) {
        this.format = format;
    }

    FileFormat format() {
        return format;
    }

    List<Finding> findings() {
        return findings;
    }

    List<Reference> references() {
        return references;
    }

    Encryption encryption() {
        return encryption;
    }

    Optional<Qcow2Details> qcow2() {
        return qcow2;
    }

    long virtualSize() {
        return virtualSize;
    }

    /** Returns zero if the format has no clusters. */
    long clusterSize() {
        return clusterSize;
    }

    void find(Finding.Kind kind, String text, Object... arguments) {
        if (found++ < MOST) {
            add(new Finding(kind, String.format(Locale.ROOT, text, arguments)));
        }
    }

    /** Notes what ended the reading. It always finds room, since what was not read is the worst of all. */
    void add(Finding finding) {
        Finding shown = new Finding(finding.kind(), format + ": " + finding.text());
        if (!findings.contains(shown)) {
            findings.add(shown);
        }
    }

    /** Notes another file, and the finding that goes with it. */
    void names(Reference.Kind kind, String name, Optional<String> as, Finding.Kind rule, String text) {
        String cut = name.length() > LONGEST_NAME ? name.substring(0, LONGEST_NAME) : name;
        Reference reference = new Reference(kind, cut, as);
        if (references.size() < MOST && !references.contains(reference)) {
            references.add(reference);
        }
        find(rule, "%s", text);
    }

    /** Takes a size as the header gives it; one that no disk can have is a finding. */
    void hasVirtualSize(long bytes) {
        if (bytes < 0) {
            find(
                    Finding.Kind.MALFORMED,
                    "a disk of %s bytes, more than any file can have",
                    Long.toUnsignedString(bytes));
        } else {
            virtualSize = bytes;
        }
    }

    /** Takes a size in sectors of 512 bytes. */
    void hasSectors(long sectors) {
        if (sectors < 0 || sectors > Long.MAX_VALUE / 512) {
            find(
                    Finding.Kind.MALFORMED,
                    "a disk of %s sectors, more than any file can have",
                    Long.toUnsignedString(sectors));
        } else {
            virtualSize = sectors * 512;
        }
    }

    void hasClusters(long bytes) {
        clusterSize = bytes;
    }

    void isEncrypted(Encryption with) {
        encryption = with;
    }

    void hasDetails(Qcow2Details details) {
        qcow2 = Optional.of(details);
    }
}
