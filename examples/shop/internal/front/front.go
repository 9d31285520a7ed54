// Package front is what customers talk to.
package front

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
)

type shop struct {
	stock  string // base URL of the stock service
	client *http.Client
}

// answer is what the stock service said.
type answer struct {
	status int
	body   []byte
	err    error
}

// New returns the front end of the stock service at the given base URL.
func New(stockURL string) http.Handler {
	gin.SetMode(gin.ReleaseMode)
	s := &shop{stock: stockURL, client: &http.Client{Timeout: 5 * time.Second}}
	engine := gin.New()
	engine.Use(gin.Recovery())
	engine.GET("/health", func(c *gin.Context) { c.String(http.StatusOK, "ok\n") })
	engine.GET("/order/:id", s.show)
	engine.POST("/order", s.create)
	return engine
}

// show answers GET /order/:id. An order's id is the SKU, a dash and a number.
func (s *shop) show(c *gin.Context) {
	sku := strings.SplitN(c.Param("id"), "-", 2)[0]
	req, err := http.NewRequest(http.MethodGet, s.stock+"/stock/"+sku, nil)
	if err != nil {
		c.JSON(http.StatusBadRequest, gin.H{"error": "no such order"})
		return
	}
	s.respond(c, <-s.ask(req))
}

// create answers POST /order.
func (s *shop) create(c *gin.Context) {
	var order struct {
		SKU   string `json:"sku" binding:"required"`
		Count int    `json:"count" binding:"required"`
	}
	if err := c.ShouldBindJSON(&order); err != nil {
		c.JSON(http.StatusBadRequest, gin.H{"error": "an order needs a sku and a count"})
		return
	}
	body, err := json.Marshal(order)
	if err != nil {
		c.JSON(http.StatusInternalServerError, gin.H{"error": err.Error()})
		return
	}
	req, err := http.NewRequest(http.MethodPost, s.stock+"/reserve", bytes.NewReader(body))
	if err != nil {
		c.JSON(http.StatusInternalServerError, gin.H{"error": err.Error()})
		return
	}
	req.Header.Set("Content-Type", "application/json")
	s.respond(c, <-s.ask(req))
}

// ask sends the request from a goroutine of its own and hands over what came back.
func (s *shop) ask(req *http.Request) <-chan answer {
	result := make(chan answer, 1)
	go func() {
		resp, err := s.client.Do(req)
		if err != nil {
			result <- answer{err: err}
			return
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		result <- answer{status: resp.StatusCode, body: body, err: err}
	}()
	return result
}

// respond turns what the stock service said into what the customer sees.
func (s *shop) respond(c *gin.Context, a answer) {
	switch {
	case a.err != nil:
		_ = c.Error(a.err)
		c.JSON(http.StatusBadGateway, gin.H{"error": "the stock does not answer"})
	case a.status >= http.StatusInternalServerError:
		_ = c.Error(errors.New("stock: " + http.StatusText(a.status)))
		c.JSON(http.StatusBadGateway, gin.H{"error": "the stock is out of order"})
	case a.status != http.StatusOK:
		c.JSON(a.status, gin.H{"error": strings.TrimSpace(string(a.body))})
	default:
		var item struct {
			Name string `json:"name"`
			Left int    `json:"left"`
		}
		if err := json.Unmarshal(a.body, &item); err != nil {
			c.JSON(http.StatusBadGateway, gin.H{"error": "the stock makes no sense"})
			return
		}
		c.JSON(http.StatusOK, gin.H{"item": item.Name, "note": fmt.Sprintf("%d left", item.Left)})
	}
}
