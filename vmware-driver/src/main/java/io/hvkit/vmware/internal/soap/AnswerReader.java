package io.hvkit.vmware.internal.soap;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayDeque;
import java.util.Deque;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;

/**
 * Reads answers, and no more of one than a vCenter has reason to send: no document type, no entities but XML's own, and a limit to
 * its bytes, its elements and how deep they lie.
 */
final class AnswerReader {

    private static final String INSTANCE = "http://www.w3.org/2001/XMLSchema-instance";

    /**
     * How large an answer may be.
     *
     * @param depth of elements
     */
    record Limits(long bytes, int elements, int depth) {}

    /** Enough for a page of a hundred machines with a thousand devices each. */
    static final Limits USUAL = new Limits(64L << 20, 2_000_000, 100);

    private final XMLInputFactory factory = XMLInputFactory.newDefaultFactory();
    private final Limits limits;

    AnswerReader(Limits limits) {
        this.limits = limits;
        harden(factory);
    }

    static void harden(XMLInputFactory factory) {
        factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
        factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
        factory.setProperty(XMLInputFactory.IS_REPLACING_ENTITY_REFERENCES, false);
        factory.setXMLResolver((publicId, systemId, base, namespace) -> {
            throw new XMLStreamException("it names something outside of it");
        });
    }

    /** Reads one answer to its end. */
    Node read(InputStream in) throws IOException {
        try {
            XMLStreamReader reader = factory.createXMLStreamReader(new Bounded(in, limits.bytes), "UTF-8");
            try {
                return read(reader);
            } finally {
                reader.close();
            }
        } catch (XMLStreamException e) {
            if (e.getNestedException() instanceof IOException broken) {
                throw broken;
            }
            throw new IOException("it is no XML that a vCenter sends: " + firstLine(e), e);
        }
    }

    private Node read(XMLStreamReader reader) throws XMLStreamException {
        Deque<Node> open = new ArrayDeque<>();
        StringBuilder text = new StringBuilder();
        Node root = null;
        int elements = 0;
        while (reader.hasNext()) {
            switch (reader.next()) {
                case XMLStreamConstants.START_ELEMENT -> {
                    if (++elements > limits.elements || open.size() >= limits.depth) {
                        throw new XMLStreamException("it has too many elements, or they lie too deep");
                    }
                    Node node = node(reader);
                    if (open.isEmpty()) {
                        root = node;
                    } else {
                        open.element().add(node);
                    }
                    open.push(node);
                    text.setLength(0);
                }
                case XMLStreamConstants.CHARACTERS, XMLStreamConstants.CDATA -> text.append(reader.getText());
                case XMLStreamConstants.END_ELEMENT -> {
                    Node node = open.pop();
                    if (node.isLeaf()) {
                        node.say(text.toString());
                    }
                    text.setLength(0);
                }
                case XMLStreamConstants.DTD, XMLStreamConstants.ENTITY_REFERENCE ->
                    throw new XMLStreamException("it has a document type, or entities of its own");
                default -> {}
            }
        }
        if (root == null) {
            throw new XMLStreamException("it is empty");
        }
        return root;
    }

    private static Node node(XMLStreamReader reader) {
        String type = "";
        String refType = "";
        for (int i = 0; i < reader.getAttributeCount(); i++) {
            if ("type".equals(reader.getAttributeLocalName(i))) {
                String value = reader.getAttributeValue(i);
                if (INSTANCE.equals(reader.getAttributeNamespace(i))) {
                    type = value.substring(value.indexOf(':') + 1);
                } else {
                    refType = value;
                }
            }
        }
        return new Node(reader.getLocalName(), type, refType);
    }

    private static String firstLine(XMLStreamException e) {
        String message = String.valueOf(e.getMessage());
        return message.lines().findFirst().orElse("").strip();
    }

    /** Ends with a failure where a longer answer would go on. Is not closed by the parser, which others do with the whole answer. */
    private static final class Bounded extends FilterInputStream {

        private long left;

        Bounded(InputStream in, long most) {
            super(in);
            this.left = most;
        }

        @Override
        public int read() throws IOException {
            int one = super.read();
            take(one < 0 ? 0 : 1);
            return one;
        }

        @Override
        public int read(byte[] buffer, int offset, int length) throws IOException {
            int count = super.read(buffer, offset, length);
            take(Math.max(0, count));
            return count;
        }

        @Override
        public void close() {}

        private void take(int count) throws IOException {
            left -= count;
            if (left < 0) {
                throw new IOException("it is longer than answers of a vCenter are");
            }
        }
    }
}
