package io.hvkit.qemu.inspect;

import io.hvkit.qemu.inspect.Finding.Kind;
import java.util.List;
import java.util.Optional;

/** A format of which no more is known here than its mark: an archive, or a disk that is not worked with. */
final class MagicFormat implements FormatReader {

    private record Mark(long offset, String text) {}

    private static final String PARALLELS = "WithoutFreeSpace";
    private static final String PARALLELS_LARGE = "WithouFreSpacExt";

    private final FileFormat format;
    private final List<Mark> marks;
    private final Optional<Kind> finding;

    private MagicFormat(FileFormat format, Optional<Kind> finding, Mark... marks) {
        this.format = format;
        this.finding = finding;
        this.marks = List.of(marks);
    }

    /** Returns a reader for each. */
    static List<FormatReader> all() {
        return List.of(
                disk(FileFormat.PARALLELS, new Mark(0, PARALLELS), new Mark(0, PARALLELS_LARGE)),
                disk(FileFormat.BOCHS, new Mark(0, "Bochs Virtual HD Image\0")),
                disk(FileFormat.CLOOP, new Mark(0, "#!/bin/sh\n#V2.0 Format\nmodprobe cloop")),
                disk(FileFormat.DMG, new Mark(-512, "koly")),
                archive(FileFormat.GZIP, new Mark(0, "\u001f\u008b\u0008")),
                archive(FileFormat.XZ, new Mark(0, "\u00fd7zXZ\0")),
                archive(FileFormat.ZSTD, new Mark(0, "(\u00b5/\u00fd")),
                archive(FileFormat.BZIP2, new Mark(4, "1AY&SY")),
                archive(FileFormat.ZIP, new Mark(0, "PK\u0003\u0004"), new Mark(0, "PK\u0005\u0006")),
                archive(FileFormat.SEVEN_ZIP, new Mark(0, "7z\u00bc\u00af'\u001c")),
                archive(FileFormat.TAR, new Mark(257, "ustar\0"), new Mark(257, "ustar ")));
    }

    private static FormatReader disk(FileFormat format, Mark... marks) {
        return new MagicFormat(format, Optional.empty(), marks);
    }

    private static FormatReader archive(FileFormat format, Mark... marks) {
        return new MagicFormat(format, Optional.of(Kind.ARCHIVE), marks);
    }

    @Override
    public FileFormat format() {
        return format;
    }

    @Override
    public Row row() {
        return new Row(
                "its mark " + (marks.get(0).offset < 0 ? "512 bytes before the end" : "at byte " + marks.get(0).offset),
                "nothing",
                finding.isPresent() ? "all of it, as an archive" : "all of it, as a format not worked with");
    }

    @Override
    public boolean matches(Bytes bytes) throws InterruptedException {
        for (Mark mark : marks) {
            if (bytes.has(mark.offset < 0 ? bytes.length() + mark.offset : mark.offset, mark.text)) {
                return true;
            }
        }
        return false;
    }

    @Override
    public void read(Bytes bytes, Report report) {
        finding.ifPresent(kind -> report.find(kind, "an archive or compressed; unpack it, and inspect what is inside"));
    }
}
