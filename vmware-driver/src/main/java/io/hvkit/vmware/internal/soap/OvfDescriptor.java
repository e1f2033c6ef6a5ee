package io.hvkit.vmware.internal.soap;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.regex.Pattern;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;

/** Reads which files a descriptor names; a document type, entities of its own, and more than people write are refused. */
public final class OvfDescriptor {

    private static final int MOST_ELEMENTS = 100_000;
    private static final int MOST_FILES = 256;
    private static final Pattern PLAIN = Pattern.compile("[^/\\\\:%\\p{Cntrl}]{1,255}");

    private OvfDescriptor() {}

    /**
     * A file of a package.
     *
     * @param size in bytes, if the descriptor says it
     */
    public record NamedFile(String name, OptionalLong size) {}

    /** Returns whether a file of a package can have that name. */
    public static boolean canName(String name) {
        return PLAIN.matcher(name).matches() && !name.equals(".") && !name.equals("..");
    }

    /** Returns the files that a descriptor names, each of which lies beside it. */
    public static List<NamedFile> files(String descriptor) {
        XMLInputFactory factory = XMLInputFactory.newDefaultFactory();
        AnswerReader.harden(factory);
        List<NamedFile> files = new ArrayList<>();
        try {
            XMLStreamReader reader = factory.createXMLStreamReader(new StringReader(descriptor));
            int elements = 0;
            while (reader.hasNext()) {
                int event = reader.next();
                if (event == XMLStreamConstants.DTD || event == XMLStreamConstants.ENTITY_REFERENCE) {
                    throw invalid("it has a document type, or entities of its own");
                }
                if (event != XMLStreamConstants.START_ELEMENT) {
                    continue;
                }
                if (++elements > MOST_ELEMENTS || files.size() > MOST_FILES) {
                    throw invalid("it has too many elements or files");
                }
                if (elements == 1 && !reader.getLocalName().equals("Envelope")) {
                    throw invalid("it begins with " + reader.getLocalName() + " and not with Envelope");
                }
                if (reader.getLocalName().equals("File")) {
                    files.add(file(reader));
                }
            }
        } catch (XMLStreamException e) {
            throw invalid(String.valueOf(e.getMessage()).lines().findFirst().orElse(""));
        }
        return List.copyOf(files);
    }

    private static NamedFile file(XMLStreamReader reader) {
        String name = "";
        OptionalLong size = OptionalLong.empty();
        for (int i = 0; i < reader.getAttributeCount(); i++) {
            String value = reader.getAttributeValue(i);
            switch (reader.getAttributeLocalName(i)) {
                case "href" -> name = value;
                case "size" -> size = OptionalLong.of(number(value));
                case "chunkSize" -> throw invalid("it has a file in pieces, which are not put together here");
                default -> {}
            }
        }
        if (!canName(name)) {
            throw invalid("it names the file '" + name + "', and only files beside it are taken");
        }
        return new NamedFile(name, size);
    }

    private static long number(String text) {
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw invalid("it has a file of the size '" + text + "'");
        }
    }

    private static DriverException invalid(String why) {
        return DriverException.because(Failure.INVALID_REQUEST).message("the OVF descriptor is not taken: %s", why);
    }
}
