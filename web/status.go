package web

func (s *Server) statusPages() []page { return nil }
