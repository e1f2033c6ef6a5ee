package io.hvkit.qemu.inspect;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import io.hvkit.qemu.inspect.Finding.Kind;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What is acceptable for one use. It lists what it takes: a finding that it does not permit by name refuses the image, so that
 * what is learned to recognise later is refused as well. Immutable; every change is a new policy.
 */
public final class ImagePolicy {

    private record Fields(
            String use,
            Set<FileFormat> formats,
            Set<Kind> permitted,
            ByteSize largest,
            Optional<ImageFormat> declared) {}

    private final Fields fields;

    private ImagePolicy(Fields fields) {
        this.fields = fields;
    }

    /**
     * Returns the policy for what machines are made from: a plain disk in one file, raw, qcow2, VMDK, VHD, VHDX or VDI, of at
     * most 2 TiB, not encrypted.
     */
    public static ImagePolicy forTemplates() {
        return of(
                "a template",
                ByteSize.tebibytes(2),
                EnumSet.of(
                        FileFormat.RAW,
                        FileFormat.QCOW2,
                        FileFormat.VMDK,
                        FileFormat.VHD,
                        FileFormat.VHDX,
                        FileFormat.VDI),
                EnumSet.of(Kind.BITMAPS));
    }

    /** Returns the policy for discs: ISO 9660 or UDF, of at most 256 GiB, whether they boot as a disk too or not. */
    public static ImagePolicy forIso() {
        return of("a disc", ByteSize.gibibytes(256), EnumSet.of(FileFormat.ISO), EnumSet.of(Kind.HYBRID_DISC));
    }

    /**
     * Returns the policy for disks that are imported with what is on them: as for templates, but also encrypted with LUKS, with
     * internal snapshots, with whatever partition table, and of up to 64 TiB.
     */
    public static ImagePolicy forVolumes() {
        return of(
                "a volume",
                ByteSize.tebibytes(64),
                EnumSet.of(
                        FileFormat.RAW,
                        FileFormat.QCOW2,
                        FileFormat.LUKS1,
                        FileFormat.LUKS2,
                        FileFormat.VMDK,
                        FileFormat.VHD,
                        FileFormat.VHDX,
                        FileFormat.VDI),
                EnumSet.of(Kind.BITMAPS, Kind.ENCRYPTED, Kind.INTERNAL_SNAPSHOTS, Kind.BAD_PARTITION_TABLE));
    }

    /** Returns the policy for whole backups that are brought back: raw, qcow2 or LUKS, of up to 64 TiB, in one file each. */
    public static ImagePolicy forBackups() {
        return of(
                "a backup",
                ByteSize.tebibytes(64),
                EnumSet.of(FileFormat.RAW, FileFormat.QCOW2, FileFormat.LUKS1, FileFormat.LUKS2),
                EnumSet.of(Kind.BITMAPS, Kind.ENCRYPTED, Kind.BAD_PARTITION_TABLE));
    }

    private static ImagePolicy of(String use, ByteSize largest, Set<FileFormat> formats, Set<Kind> permitted) {
        return new ImagePolicy(new Fields(
                use,
                Collections.unmodifiableSet(formats),
                Collections.unmodifiableSet(permitted),
                largest,
                Optional.empty()));
    }

    /**
     * Returns this policy with leave for more findings. Each is a risk that the caller takes: permit a backing file only where
     * qemu-img is told another one, or where its name was checked.
     *
     * @throws DriverException with {@code INVALID_REQUEST} for what another method says: {@link #taking}, {@link #declaredAs},
     *     {@link #upTo}
     */
    public ImagePolicy permitting(Kind first, Kind... more) {
        Set<Kind> all = EnumSet.of(first, more);
        for (Kind kind : all) {
            switch (kind) {
                case FORMAT_NOT_ALLOWED -> throw misused(kind, "taking(format)");
                case NOT_AS_DECLARED -> throw misused(kind, "declaredAs(format)");
                case TOO_LARGE -> throw misused(kind, "upTo(size)");
                default -> {}
            }
        }
        all.addAll(fields.permitted);
        return new ImagePolicy(new Fields(
                fields.use, fields.formats, Collections.unmodifiableSet(all), fields.largest, fields.declared));
    }

    /** Returns this policy for these formats alone. */
    public ImagePolicy taking(FileFormat first, FileFormat... more) {
        return new ImagePolicy(new Fields(
                fields.use,
                Collections.unmodifiableSet(EnumSet.of(first, more)),
                fields.permitted,
                fields.largest,
                fields.declared));
    }

    /** Returns this policy for disks that a guest sees as no larger than this. */
    public ImagePolicy upTo(ByteSize largest) {
        return new ImagePolicy(new Fields(fields.use, fields.formats, fields.permitted, largest, fields.declared));
    }

    /**
     * Returns this policy for an image that somebody said to be of this format. One that looks like another is refused, since
     * its next reader may go by either.
     */
    public ImagePolicy declaredAs(ImageFormat format) {
        return new ImagePolicy(
                new Fields(fields.use, fields.formats, fields.permitted, fields.largest, Optional.of(format)));
    }

    /** Returns all for which the image is refused; nothing if it is acceptable. */
    public List<Finding> judge(InspectedImage image) {
        List<Finding> refused = new ArrayList<>();
        image.findings().stream()
                .filter(finding -> !fields.permitted.contains(finding.kind()))
                .forEach(refused::add);
        Collection<FileFormat> foreign = new ArrayList<>(image.formats());
        foreign.removeAll(fields.formats);
        if (!foreign.isEmpty()) {
            refused.add(finding(Kind.FORMAT_NOT_ALLOWED, "%s, and %s is taken", text(foreign), text(fields.formats)));
        }
        if (fields.declared.isPresent() && !fields.declared.equals(image.format())) {
            refused.add(finding(
                    Kind.NOT_AS_DECLARED,
                    "declared as %s, and it is %s",
                    fields.declared.get().qemuName(),
                    text(image.formats())));
        }
        if (image.virtualSize().compareTo(fields.largest) > 0) {
            refused.add(finding(Kind.TOO_LARGE, "a disk of %s, and %s are taken", image.virtualSize(), fields.largest));
        }
        return List.copyOf(refused);
    }

    /**
     * Goes on only if the image is acceptable.
     *
     * @throws DriverException naming each finding and the way out, with {@code CORRUPT_DATA} if the image is merely broken, else
     *     with {@code INVALID_REQUEST}; nothing was changed
     */
    public void require(InspectedImage image) {
        List<Finding> refused = judge(image);
        if (refused.isEmpty()) {
            return;
        }
        boolean broken = refused.stream().allMatch(finding -> finding.severity() == Finding.Severity.DAMAGED);
        String all = refused.stream()
                .map(finding -> finding + " (" + finding.kind().wayOut() + ")")
                .collect(Collectors.joining("; "));
        throw DriverException.because(broken ? Failure.CORRUPT_DATA : Failure.INVALID_REQUEST)
                .effect(Effect.NOT_APPLIED)
                .message("the image is not acceptable as %s: %s", fields.use, all);
    }

    private static DriverException misused(Kind kind, String method) {
        return DriverException.because(Failure.INVALID_REQUEST)
                .message("%s is the policy's own rule and cannot be permitted; say %s", kind, method);
    }

    private static Finding finding(Kind kind, String text, Object... arguments) {
        return new Finding(kind, String.format(Locale.ROOT, text, arguments));
    }

    private static String text(Collection<FileFormat> formats) {
        return formats.stream().map(FileFormat::toString).collect(Collectors.joining(", "));
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof ImagePolicy policy && policy.fields.equals(fields);
    }

    @Override
    public int hashCode() {
        return fields.hashCode();
    }

    @Override
    public String toString() {
        return fields.toString().replaceFirst("Fields", "ImagePolicy");
    }
}
