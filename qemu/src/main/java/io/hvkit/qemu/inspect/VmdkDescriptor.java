package io.hvkit.qemu.inspect;

import io.hvkit.qemu.inspect.Finding.Kind;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The text that says what a VMDK disk consists of. */
final class VmdkDescriptor {

    private static final Pattern EXTENT =
            Pattern.compile("(?im)^[\\s&&[^\r\n]]*+((?:RW|RDONLY|NOACCESS)[\\s&&[^\r\n]][^\r\n]*+)");
    private static final Pattern COMPLETE =
            Pattern.compile("(?i)[A-Z]++\\s++([0-9]{1,19}+)\\s++([A-Z0-9]++)(?:\\s++\"([^\"]*+)\")?.*");
    /** Like qemu, these look for a name anywhere in the text, not at the beginning of a line only. */
    private static final Pattern PARENT_ID = Pattern.compile("(?i)parentCID\\s*+=\\s*+([0-9a-f]{1,16}+)");

    /** qemu skips two characters after the word, whatever they are. */
    private static final Pattern PARENT_NAME =
            Pattern.compile("(?i)parentFileNameHint(?:\\s*+=\\s*+\"?+|[\\s\\S]{0,2}+)([^\"\r\n]*+)");

    private static final Pattern CHANGES = Pattern.compile("(?i)changeTrackPath\\s*+=\\s*+\"?+([^\"\r\n]*+)");
    private static final Pattern KIND = Pattern.compile("(?i)createType\\s*+=\\s*+\"?+([^\"\r\n]*+)");
    private static final int MOST_EXTENTS = 4096;

    private record Extent(long sectors, String type, Optional<String> file) {}

    private final String text;
    private final Report report;

    VmdkDescriptor(byte[] text, Report report) {
        this.text = new String(VmdkFormat.untilZero(text), StandardCharsets.UTF_8);
        this.report = report;
    }

    /** Reads a descriptor whose extents are what the disk consists of. */
    void readAlone() {
        long sectors = 0;
        List<Extent> extents = extents();
        for (Extent extent : extents) {
            extent.file.ifPresent(file -> foreign(file, extent.type));
            sectors = sectors > Long.MAX_VALUE - extent.sectors ? Long.MAX_VALUE : sectors + extent.sectors;
        }
        if (extents.isEmpty()) {
            report.find(Kind.MALFORMED, "a descriptor without extents");
        } else {
            // Readers divide the text in their own ways: what is no extent here may be one to them.
            report.find(Kind.FOREIGN_EXTENT, "it is a text that says of which files a disk consists");
        }
        report.hasSectors(sectors);
        others();
    }

    /** Reads a descriptor inside of the one file that it describes, which it may call what it likes. */
    void readEmbedded() {
        List<Extent> extents = extents();
        String kind = first(KIND).orElse("");
        boolean itself = extents.size() == 1
                && extents.get(0).type.equalsIgnoreCase("SPARSE")
                && extents.get(0).file.filter(VmdkDescriptor::isBare).isPresent()
                && (kind.equalsIgnoreCase("monolithicSparse") || kind.equalsIgnoreCase("streamOptimized"));
        if (!itself) {
            extents.forEach(extent -> extent.file.ifPresent(file -> foreign(file, extent.type)));
            report.find(
                    Kind.FOREIGN_EXTENT,
                    "its descriptor is of the type %s with %s extents, and does not describe this file alone",
                    Shown.name(kind),
                    extents.size());
        }
        others();
    }

    /** Reads what stands where only a parent is looked for. */
    void readParent() {
        others();
    }

    private List<Extent> extents() {
        List<Extent> extents = new ArrayList<>();
        for (Matcher line = EXTENT.matcher(text); line.find(); ) {
            Refusal.unless(extents.size() < MOST_EXTENTS, "more than %s extents", MOST_EXTENTS);
            extents.add(extent(line.group(1)));
        }
        return extents;
    }

    private Extent extent(String line) {
        Matcher matcher = COMPLETE.matcher(line);
        if (!matcher.matches()) {
            report.find(Kind.MALFORMED, "an extent that cannot be read: %s", Shown.name(line));
            return new Extent(0, "", Optional.of(line));
        }
        String type = matcher.group(2).toUpperCase(Locale.ROOT);
        Optional<String> file = Optional.ofNullable(matcher.group(3));
        if (file.isEmpty() && !type.equals("ZERO")) {
            report.find(Kind.MALFORMED, "an extent without a file: %s", Shown.name(line));
        }
        return new Extent(sectors(matcher.group(1)), type, file);
    }

    private static long sectors(String digits) {
        try {
            return Long.parseLong(digits);
        } catch (NumberFormatException e) {
            throw Refusal.malformed("an extent of %s sectors", digits);
        }
    }

    private void others() {
        Optional<String> name = first(PARENT_NAME);
        boolean differs = first(PARENT_ID)
                .filter(id -> !id.toLowerCase(Locale.ROOT).equals("ffffffff"))
                .isPresent();
        if (name.isPresent() || differs) {
            report.names(
                    Reference.Kind.PARENT,
                    name.orElse(""),
                    Optional.empty(),
                    Kind.PARENT,
                    "it holds the differences from " + name.map(Shown::name).orElse("a parent without a name"));
        }
        first(CHANGES)
                .ifPresent(file -> report.names(
                        Reference.Kind.CHANGE_TRACKING,
                        file,
                        Optional.empty(),
                        Kind.FOREIGN_EXTENT,
                        "its changes are noted in " + Shown.name(file)));
    }

    private Optional<String> first(Pattern pattern) {
        Matcher matcher = pattern.matcher(text);
        return matcher.find() ? Optional.of(matcher.group(1)) : Optional.empty();
    }

    private void foreign(String file, String type) {
        report.names(
                Reference.Kind.EXTENT,
                file,
                Optional.of(type),
                Kind.FOREIGN_EXTENT,
                "an extent of the type " + Shown.name(type) + " is in " + Shown.name(file));
    }

    private static boolean isBare(String file) {
        return !file.isEmpty() && file.chars().noneMatch(c -> c == '/' || c == '\\' || c == ':');
    }
}
