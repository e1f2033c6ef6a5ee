package io.hvkit.kvm.internal.xml;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import javax.xml.XMLConstants;
import javax.xml.parsers.DocumentBuilder;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import javax.xml.transform.OutputKeys;
import javax.xml.transform.Transformer;
import javax.xml.transform.TransformerException;
import javax.xml.transform.TransformerFactory;
import javax.xml.transform.dom.DOMSource;
import javax.xml.transform.stream.StreamResult;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.Node;
import org.xml.sax.InputSource;
import org.xml.sax.SAXException;

/** An element of an XML document, written by adding to it or read by asking for its parts. Escaping is never the caller's. */
final class Xml {

    private static final String NO_DOCTYPE = "http://apache.org/xml/features/disallow-doctype-decl";

    private final Element element;

    private Xml(Element element) {
        this.element = element;
    }

    /** Starts a document and returns its root. */
    static Xml root(String name) {
        Document document = builder().newDocument();
        Element root = document.createElement(name);
        document.appendChild(root);
        return new Xml(root);
    }

    /**
     * Reads a document and returns its root. Document type declarations are refused.
     *
     * @throws DriverException with {@code DEFECT} if it is not XML
     */
    static Xml parse(String text) {
        try {
            return new Xml(
                    builder().parse(new InputSource(new StringReader(text))).getDocumentElement());
        } catch (SAXException | IOException e) {
            throw DriverException.because(Failure.DEFECT).causedBy(e).message("libvirt's answer is not XML");
        }
    }

    /** Adds an element at the end and returns it. */
    Xml add(String name) {
        Element child = element.getOwnerDocument().createElement(name);
        element.appendChild(child);
        return new Xml(child);
    }

    /** Adds an element of a name space at the end and returns it. */
    Xml add(String namespace, String qualifiedName) {
        Element child = element.getOwnerDocument().createElementNS(namespace, qualifiedName);
        element.appendChild(child);
        return new Xml(child);
    }

    /** Adds a copy of an element, perhaps one of another document, at the end and returns the copy. */
    Xml copy(Xml other) {
        Element copy = (Element) element.getOwnerDocument().importNode(other.element, true);
        element.appendChild(copy);
        return new Xml(copy);
    }

    /** Removes an attribute. */
    void without(String attribute) {
        element.removeAttribute(attribute);
    }

    /** Sets an attribute and returns this element. */
    Xml with(String attribute, String value) {
        element.setAttribute(attribute, value);
        return this;
    }

    /** Removes elements below this one. */
    void removeAll(String name) {
        children(name).forEach(child -> element.removeChild(child.element));
    }

    /** Sets the text and returns this element. */
    Xml text(String value) {
        element.setTextContent(value);
        return this;
    }

    /** Returns the text. */
    String text() {
        return element.getTextContent();
    }

    /** Returns an attribute, if it is there and not empty. */
    Optional<String> attribute(String name) {
        return Optional.of(element.getAttribute(name)).filter(value -> !value.isEmpty());
    }

    /** Returns the first element that a path of names leads to. */
    Optional<Xml> find(String... path) {
        Xml at = this;
        for (String name : path) {
            List<Xml> next = at.children(name);
            if (next.isEmpty()) {
                return Optional.empty();
            }
            at = next.get(0);
        }
        return Optional.of(at);
    }

    /** Returns the elements below this one with that name, without regard to name spaces. */
    List<Xml> children(String name) {
        List<Xml> found = new ArrayList<>();
        for (Node child = element.getFirstChild(); child != null; child = child.getNextSibling()) {
            if (child instanceof Element candidate
                    && name.equals(
                            candidate.getLocalName() == null ? candidate.getTagName() : candidate.getLocalName())) {
                found.add(new Xml(candidate));
            }
        }
        return found;
    }

    /**
     * Returns the document as text of ASCII characters alone, others as references: native code then reads it the same in every
     * locale.
     */
    String document() {
        try {
            TransformerFactory factory = TransformerFactory.newInstance();
            factory.setFeature(XMLConstants.FEATURE_SECURE_PROCESSING, true);
            Transformer transformer = factory.newTransformer();
            transformer.setOutputProperty(OutputKeys.OMIT_XML_DECLARATION, "yes");
            transformer.setOutputProperty(OutputKeys.ENCODING, "US-ASCII");
            StringWriter text = new StringWriter();
            transformer.transform(new DOMSource(element.getOwnerDocument()), new StreamResult(text));
            return text.toString();
        } catch (TransformerException e) {
            throw new IllegalStateException("this Java cannot write XML", e);
        }
    }

    private static DocumentBuilder builder() {
        try {
            DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
            factory.setNamespaceAware(true);
            factory.setFeature(XMLConstants.FEATURE_SECURE_PROCESSING, true);
            factory.setFeature(NO_DOCTYPE, true);
            factory.setXIncludeAware(false);
            factory.setExpandEntityReferences(false);
            DocumentBuilder builder = factory.newDocumentBuilder();
            builder.setErrorHandler(null); // the default one prints; what matters is thrown
            return builder;
        } catch (ParserConfigurationException e) {
            throw new IllegalStateException("this Java cannot read XML safely", e);
        }
    }
}
