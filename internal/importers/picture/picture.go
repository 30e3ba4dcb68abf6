// Package picture reads the QR codes of a picture: a screenshot, a scan, a photograph. It must not
// know what is in them.
//
// Pictures come from anybody. Their size is looked at before they are unpacked, and a decoder that
// panics has found nothing.
package picture

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	_ "image/gif" // the formats that are read
	_ "image/jpeg"
	_ "image/png"
	"slices"
	"strings"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/multi/qrcode"
	single "github.com/makiuchi-d/gozxing/qrcode"
)

// maxPixels is four times a screen of 8K, or a photograph of a good camera. It takes 0.5 GB.
const maxPixels = 128 << 20

var (
	errNoPicture = errors.New("is no picture in PNG, JPEG, or GIF, or cut off")
	errNoCode    = errors.New("has no QR code that can be read: cut the picture to the code, " +
		"or make it larger")
)

// Texts returns what stands in the QR codes of a picture, each once, as lines.
func Texts(content []byte) ([]string, error) {
	size, _, err := image.DecodeConfig(bytes.NewReader(content))
	if err != nil || size.Width < 1 || size.Height < 1 {
		return nil, errNoPicture
	}
	if size.Width > maxPixels/size.Height {
		return nil, fmt.Errorf("has more than %d million pixels", maxPixels>>20)
	}
	picture, _, err := image.Decode(bytes.NewReader(content))
	if err != nil {
		return nil, errNoPicture
	}
	texts := search(picture)
	if len(texts) == 0 {
		return nil, errNoCode
	}
	return texts, nil
}

// search looks for codes that are dark on light, and light on dark, as dark screens show them. One
// way to tell dark from light finds codes in shadows, and another those of pure black and white.
func search(picture image.Image) (texts []string) {
	light := gozxing.NewLuminanceSourceFromImage(picture)
	for _, source := range []gozxing.LuminanceSource{light, light.Invert()} {
		for _, binarizer := range []gozxing.Binarizer{
			gozxing.NewHybridBinarizer(source),
			gozxing.NewGlobalHistgramBinarizer(source),
		} {
			for _, text := range decode(binarizer) {
				text = strings.Join(strings.FieldsFunc(text, isBreak), " ")
				if text != "" && !slices.Contains(texts, text) {
					texts = append(texts, text)
				}
			}
		}
	}
	return texts
}

func isBreak(c rune) bool { return c == '\n' || c == '\r' || c == '\v' || c == '\f' }

// decode looks for several codes, and for one, which finds what stands at an angle.
func decode(binarizer gozxing.Binarizer) (texts []string) {
	defer func() {
		// the decoder indexes arrays by what it reads in the picture
		if recover() != nil {
			return
		}
	}()
	bitmap, err := gozxing.NewBinaryBitmap(binarizer)
	if err != nil {
		return nil
	}
	hints := map[gozxing.DecodeHintType]interface{}{gozxing.DecodeHintType_TRY_HARDER: true}
	results, err := qrcode.NewQRCodeMultiReader().DecodeMultiple(bitmap, hints)
	if err == nil {
		for _, r := range results {
			texts = append(texts, r.GetText())
		}
	}
	if one, err := single.NewQRCodeReader().Decode(bitmap, hints); err == nil {
		texts = append(texts, one.GetText())
	}
	return texts
}
